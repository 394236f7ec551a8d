
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('spm_monitor', '0004_overruns_waived'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='order',
            options={'ordering': ['-pk'], 'permissions': [('enter_order', 'Mencatat dan mengubah pesanan'), ('import_order', 'Mengimpor pesanan'), ('record_documents', 'Mencatat dokumen lengkap'), ('record_paid', 'Mencatat pembayaran'), ('record_pause', 'Mencatat jeda karena menunggu pelanggan'), ('record_estimate', 'Mencatat perkiraan selesai'), ('record_ready', 'Mencatat hasil siap'), ('record_handed_over', 'Mencatat penyerahan hasil'), ('record_withdrawn', 'Mencatat pembatalan oleh pelanggan'), ('see_contact', 'Melihat kontak pelanggan')], 'verbose_name': 'pesanan', 'verbose_name_plural': 'pesanan'},
        ),
        migrations.AddField(
            model_name='order',
            name='paused_since',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='dijeda sejak'),
        ),
        migrations.CreateModel(
            name='Extension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('until', models.DateTimeField(verbose_name='disepakati sampai')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='keterangan')),
                ('consent', models.CharField(max_length=120, verbose_name='persetujuan')),
                ('consent_sha256', models.CharField(max_length=64, verbose_name='SHA-256 persetujuan')),
                ('recorded_at', models.DateTimeField(verbose_name='dicatat')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='oleh')),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='extension', to='spm_monitor.order')),
            ],
            options={
                'verbose_name': 'perpanjangan yang disepakati',
                'verbose_name_plural': 'perpanjangan yang disepakati',
            },
        ),
        migrations.CreateModel(
            name='Pause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('material', 'Sampel atau dokumen pelanggan belum lengkap'), ('payment', 'Tagihan belum dibayar atau kedaluwarsa'), ('correction', 'Tindakan perbaikan pelanggan setelah audit'), ('site', 'Lokasi pelanggan belum siap')], max_length=12, verbose_name='sebab')),
                ('begins_at', models.DateTimeField(verbose_name='dijeda sejak')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='sampai')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='keterangan')),
                ('evidence', models.CharField(max_length=120, verbose_name='bukti')),
                ('evidence_sha256', models.CharField(max_length=64, verbose_name='SHA-256 bukti')),
                ('recorded_at', models.DateTimeField(verbose_name='dicatat')),
                ('dropped_at', models.DateTimeField(blank=True, null=True, verbose_name='dicabut')),
                ('dropped_reason', models.CharField(blank=True, max_length=300, verbose_name='alasan pencabutan')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='oleh')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pauses', to='spm_monitor.order')),
            ],
            options={
                'verbose_name': 'jeda',
                'verbose_name_plural': 'jeda',
                'ordering': ['begins_at', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('ends_at__gt', models.F('begins_at')), _connector='OR'), name='pause_ends_after_it_began'), models.UniqueConstraint(condition=models.Q(('dropped_at__isnull', True), ('ends_at__isnull', True)), fields=('order',), name='one_open_pause_an_order')],
            },
        ),
    ]
