
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('spm_monitor', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Item',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='barang')),
                ('unit_cost', models.PositiveIntegerField(default=0, verbose_name='harga satuan (Rp)')),
                ('funding', models.CharField(blank=True, max_length=80, verbose_name='sumber dana')),
                ('minimum', models.PositiveIntegerField(default=0, verbose_name='stok minimum')),
                ('on_hand', models.PositiveIntegerField(default=0, editable=False, verbose_name='di lemari')),
                ('reserved', models.PositiveIntegerField(default=0, editable=False, verbose_name='disisihkan')),
            ],
            options={
                'verbose_name': 'souvenir',
                'verbose_name_plural': 'souvenir',
                'ordering': ['name'],
                'permissions': [('manage_stock', 'Mencatat stok souvenir')],
            },
        ),
        migrations.CreateModel(
            name='SouvenirClass',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True, verbose_name='kelas')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='urutan')),
            ],
            options={
                'verbose_name': 'kelas souvenir',
                'verbose_name_plural': 'kelas souvenir',
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reserved_at', models.DateTimeField(verbose_name='disisihkan')),
                ('released_at', models.DateTimeField(null=True, verbose_name='dilepas')),
                ('left_at', models.DateTimeField(null=True, verbose_name='keluar')),
                ('returned_at', models.DateTimeField(null=True, verbose_name='kembali')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='spm_monitor.customer')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='souvenirs.item')),
            ],
            options={
                'verbose_name': 'sisihan',
                'verbose_name_plural': 'sisihan',
            },
        ),
        migrations.CreateModel(
            name='Movement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('in', 'Masuk'), ('reserved', 'Disisihkan'), ('released', 'Dilepas'), ('out', 'Keluar'), ('returned', 'Kembali')], max_length=10, verbose_name='gerak')),
                ('quantity', models.PositiveIntegerField(verbose_name='jumlah')),
                ('at', models.DateTimeField(verbose_name='pada')),
                ('document', models.CharField(blank=True, max_length=120, verbose_name='dokumen')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='oleh')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='souvenirs.item', verbose_name='barang')),
                ('reservation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='souvenirs.reservation')),
            ],
            options={
                'verbose_name': 'mutasi stok',
                'verbose_name_plural': 'mutasi stok',
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Dispatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('way', models.CharField(choices=[('courier', 'Kurir'), ('by_hand', 'Diantar atau diambil')], max_length=10, verbose_name='cara')),
                ('courier', models.CharField(max_length=80, verbose_name='nama kurir atau pengantar')),
                ('tracking_number', models.CharField(blank=True, max_length=60, verbose_name='nomor resi')),
                ('sent_at', models.DateTimeField(verbose_name='dikirim')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='dispatches', to='spm_monitor.customer')),
                ('reservation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='dispatches', to='souvenirs.reservation')),
            ],
            options={
                'verbose_name': 'pengiriman',
                'verbose_name_plural': 'pengiriman',
                'ordering': ['-sent_at'],
            },
        ),
        migrations.AddField(
            model_name='item',
            name='souvenir_class',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='souvenirs.souvenirclass', verbose_name='kelas'),
        ),
        migrations.CreateModel(
            name='Tier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='berlaku sejak')),
                ('from_days', models.PositiveSmallIntegerField(verbose_name='mulai hari terlambat')),
                ('decree', models.CharField(max_length=120, verbose_name='nomor keputusan')),
                ('souvenir_class', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='souvenirs.souvenirclass', verbose_name='kelas')),
            ],
            options={
                'verbose_name': 'jenjang souvenir',
                'verbose_name_plural': 'jenjang souvenir',
                'ordering': ['valid_from', 'from_days'],
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('result', models.CharField(choices=[('received', 'Diterima'), ('refused', 'Surat diterima, souvenir ditolak'), ('undeliverable', 'Tidak tersampaikan')], max_length=15, verbose_name='hasil')),
                ('received_by', models.CharField(blank=True, max_length=120, verbose_name='diterima oleh')),
                ('at', models.DateTimeField(verbose_name='pada')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='catatan')),
                ('proof', models.CharField(blank=True, max_length=120, verbose_name='bukti')),
                ('dispatch', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='receipt', to='souvenirs.dispatch')),
                ('recorded_by', models.ForeignKey(help_text='Kosong: pelanggan sendiri lewat tautannya.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'tanda terima',
                'verbose_name_plural': 'tanda terima',
                'constraints': [models.CheckConstraint(condition=models.Q(('recorded_by__isnull', True), models.Q(('proof', ''), _negated=True), _connector='OR'), name='staff_record_with_proof')],
            },
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.CheckConstraint(condition=models.Q(('released_at__isnull', True), ('left_at__isnull', True), _connector='OR'), name='released_or_left'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.CheckConstraint(condition=models.Q(('returned_at__isnull', True), ('left_at__isnull', False), _connector='OR'), name='returned_only_after_leaving'),
        ),
        migrations.AddConstraint(
            model_name='dispatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('way', 'courier'), _negated=True), models.Q(('tracking_number', ''), _negated=True), _connector='OR'), name='courier_has_tracking_number'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(('reserved__lte', models.F('on_hand'))), name='reserved_is_in_the_cupboard'),
        ),
        migrations.AddConstraint(
            model_name='tier',
            constraint=models.UniqueConstraint(fields=('valid_from', 'from_days'), name='one_tier_a_step'),
        ),
    ]
