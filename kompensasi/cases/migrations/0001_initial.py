
import kompensasi.cases.models.case
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True, verbose_name='nomor kasus')),
                ('opened_at', models.DateTimeField(verbose_name='dibuka')),
                ('opening', models.CharField(choices=[('late', 'Sapuan: pesanan di luar SPM'), ('near', 'Sapuan: pesanan mendekati batas'), ('round', 'Baris putaran monitoring'), ('hand', 'Dibuka Kasi PJT')], max_length=10, verbose_name='dibuka karena')),
                ('tracking_code', models.CharField(default=kompensasi.cases.models.case.new_tracking_code, max_length=24, unique=True)),
                ('no_gift_reason', models.CharField(blank=True, max_length=200, verbose_name='tanpa souvenir karena')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='berakhir')),
                ('ending', models.CharField(blank=True, choices=[('compensated', 'Kompensasi diterima'), ('gift_refused', 'Souvenir ditolak'), ('undelivered', 'Tidak tersampaikan'), ('in_spm', 'Selesai dalam SPM'), ('cancelled', 'Dibatalkan'), ('withdrawn', 'Pesanan dibatalkan pelanggan')], max_length=15, verbose_name='akhir')),
                ('ending_note', models.TextField(blank=True, verbose_name='catatan akhir')),
            ],
            options={
                'verbose_name': 'kasus',
                'verbose_name_plural': 'kasus',
                'ordering': ['-opened_at', '-pk'],
                'permissions': [('open_case', 'Membuka kasus'), ('cancel_case', 'Membatalkan kasus'), ('record_for_customer', 'Mencatat penerimaan atas nama pelanggan')],
            },
        ),
        migrations.CreateModel(
            name='CaseLetter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('variant', models.CharField(choices=[('expected', 'Perkiraan terlambat'), ('finished', 'Selesai terlambat')], max_length=10, verbose_name='jenis')),
                ('due_at', models.DateTimeField(verbose_name='target selesai')),
                ('done_at', models.DateTimeField(null=True, verbose_name='selesai atau perkiraan')),
            ],
            options={
                'verbose_name': 'surat kasus',
                'verbose_name_plural': 'surat kasus',
            },
        ),
        migrations.CreateModel(
            name='CustomerInformed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outside', models.BooleanField(verbose_name='di luar SPM')),
                ('due_at', models.DateTimeField(null=True, verbose_name='target selesai')),
                ('estimate_at', models.DateTimeField(null=True, verbose_name='perkiraan selesai')),
                ('days_late', models.PositiveSmallIntegerField(verbose_name='hari terlambat')),
                ('channel', models.CharField(choices=[('phone', 'Telepon'), ('whatsapp', 'WhatsApp'), ('email', 'Surel'), ('letter', 'Surat'), ('counter', 'Di loket')], max_length=10, verbose_name='lewat')),
                ('told_to', models.CharField(max_length=120, verbose_name='kepada')),
                ('told_at', models.DateTimeField(verbose_name='pada')),
                ('message', models.TextField(max_length=2000, verbose_name='isi pemberitahuan')),
            ],
            options={
                'verbose_name': 'pemberitahuan pelanggan',
            },
        ),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('no_gift_reason', models.CharField(blank=True, max_length=200, verbose_name='tanpa souvenir karena')),
            ],
        ),
        migrations.CreateModel(
            name='Handover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('way', models.CharField(choices=[('handed', 'Diserahkan'), ('told', 'Diberi tahu, belum diambil')], max_length=10, verbose_name='cara')),
                ('at', models.DateTimeField(verbose_name='pada')),
                ('received_by', models.CharField(max_length=120, verbose_name='diterima oleh')),
                ('proof', models.CharField(blank=True, max_length=120, verbose_name='bukti')),
            ],
        ),
        migrations.CreateModel(
            name='Instruction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('instruction', models.TextField(max_length=1000, verbose_name='instruksi')),
            ],
        ),
        migrations.CreateModel(
            name='ObstacleReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('report', models.TextField(max_length=2000, verbose_name='laporan')),
                ('proposal', models.TextField(max_length=1000, verbose_name='usul')),
            ],
        ),
        migrations.CreateModel(
            name='Receiving',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
        ),
        migrations.CreateModel(
            name='Sending',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
        ),
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('opens_at', models.DateTimeField(verbose_name='mulai')),
                ('opened_at', models.DateTimeField(null=True, verbose_name='dibuka')),
                ('due_at', models.DateTimeField(verbose_name='tenggat')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='selesai')),
                ('finished_capacity', models.CharField(blank=True, max_length=160, verbose_name='sebagai')),
                ('outcome', models.CharField(blank=True, max_length=20, verbose_name='hasil')),
                ('note', models.TextField(blank=True, max_length=2000, verbose_name='catatan')),
            ],
            options={
                'verbose_name': 'kunjungan langkah',
                'verbose_name_plural': 'kunjungan langkah',
                'ordering': ['pk'],
            },
        ),
    ]
