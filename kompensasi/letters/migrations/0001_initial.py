
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(verbose_name='dibuat')),
                ('number', models.CharField(max_length=120, null=True, unique=True, verbose_name='nomor')),
                ('dated', models.DateField(null=True, verbose_name='tanggal surat')),
                ('signed_at', models.DateTimeField(null=True, verbose_name='ditandatangani')),
                ('signer_name', models.CharField(blank=True, max_length=120, verbose_name='penanda tangan')),
                ('signer_nip', models.CharField(blank=True, max_length=18, verbose_name='NIP')),
                ('signer_capacity', models.CharField(blank=True, max_length=160, verbose_name='jabatan')),
                ('pdf', models.CharField(blank=True, max_length=120, verbose_name='berkas')),
                ('pdf_sha256', models.CharField(blank=True, max_length=64, verbose_name='SHA-256')),
                ('pdf_size', models.PositiveIntegerField(null=True, verbose_name='ukuran')),
                ('scan', models.CharField(blank=True, max_length=120, verbose_name='pindaian bertanda tangan')),
                ('scan_sha256', models.CharField(blank=True, max_length=64, verbose_name='SHA-256 pindaian')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='dikirim')),
                ('voided_at', models.DateTimeField(null=True, verbose_name='batal')),
                ('void_reason', models.TextField(blank=True, verbose_name='sebab batal')),
            ],
            options={
                'verbose_name': 'surat',
                'verbose_name_plural': 'surat',
                'ordering': ['-signed_at', '-pk'],
                'permissions': [('see_register', 'Melihat agenda surat')],
            },
        ),
        migrations.CreateModel(
            name='Letterhead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(unique=True, verbose_name='berlaku sejak')),
                ('ministry', models.CharField(max_length=160, verbose_name='kementerian')),
                ('agency', models.CharField(max_length=160, verbose_name='badan')),
                ('unit', models.CharField(max_length=160, verbose_name='nama balai')),
                ('address', models.CharField(max_length=240, verbose_name='alamat')),
                ('contact', models.CharField(max_length=240, verbose_name='telepon, surel')),
                ('place', models.CharField(max_length=60, verbose_name='tempat surat')),
                ('number_format', models.CharField(help_text='Unsur: {urut} {unit} {klasifikasi} {bulan_romawi} {bulan} {tahun}', max_length=120, verbose_name='pola nomor')),
                ('unit_code', models.CharField(max_length=40, verbose_name='kode unit')),
                ('classification', models.CharField(max_length=20, verbose_name='kode klasifikasi')),
                ('first_number', models.PositiveIntegerField(default=1, help_text='Bila buku agenda tahun berjalan sudah terpakai.', verbose_name='nomor urut pertama')),
            ],
            options={
                'verbose_name': 'kop surat',
                'verbose_name_plural': 'kop surat',
                'ordering': ['-valid_from'],
            },
        ),
        migrations.CreateModel(
            name='LetterReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256 teks')),
                ('approved', models.BooleanField(verbose_name='disetujui')),
                ('note', models.TextField(blank=True, verbose_name='catatan')),
                ('at', models.DateTimeField(verbose_name='pada')),
            ],
            options={
                'verbose_name': 'penilaian konsep',
                'verbose_name_plural': 'penilaian konsep',
                'ordering': ['at'],
            },
        ),
        migrations.CreateModel(
            name='LetterTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('variant', models.CharField(choices=[('expected', 'Perkiraan terlambat'), ('finished', 'Selesai terlambat')], max_length=10, verbose_name='jenis')),
                ('valid_from', models.DateField(verbose_name='berlaku sejak')),
                ('subject', models.CharField(max_length=160, verbose_name='hal')),
                ('body', models.TextField(help_text='Satu alinea per baris kosong.', verbose_name='isi')),
                ('souvenir_sentence', models.CharField(max_length=300, verbose_name='kalimat souvenir')),
            ],
            options={
                'verbose_name': 'templat surat',
                'verbose_name_plural': 'templat surat',
                'ordering': ['variant', '-valid_from'],
            },
        ),
        migrations.CreateModel(
            name='LetterVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField(verbose_name='versi')),
                ('subject', models.CharField(max_length=160, verbose_name='hal')),
                ('addressee', models.CharField(max_length=200, verbose_name='kepada')),
                ('address', models.CharField(blank=True, max_length=300, verbose_name='alamat')),
                ('body', models.TextField(max_length=5000, verbose_name='isi')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('written_at', models.DateTimeField(verbose_name='ditulis')),
            ],
            options={
                'verbose_name': 'versi surat',
                'verbose_name_plural': 'versi surat',
                'ordering': ['letter', 'version'],
            },
        ),
    ]
