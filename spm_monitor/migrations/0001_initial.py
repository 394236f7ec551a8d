
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, unique=True, verbose_name='nama')),
                ('accepts_gifts', models.BooleanField(default=True, help_text='Kosongkan bila aturan pelanggan melarang menerima pemberian.', verbose_name='boleh menerima souvenir')),
            ],
            options={
                'verbose_name': 'pelanggan',
                'verbose_name_plural': 'pelanggan',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Holiday',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField(unique=True, verbose_name='tanggal')),
                ('name', models.CharField(max_length=200, verbose_name='nama')),
                ('joint', models.BooleanField(default=False, verbose_name='cuti bersama')),
                ('decree', models.CharField(blank=True, max_length=120, verbose_name='dasar')),
                ('changed_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'verbose_name': 'hari libur',
                'verbose_name_plural': 'hari libur',
                'ordering': ['date'],
            },
        ),
        migrations.CreateModel(
            name='JournalHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveBigIntegerField(default=0)),
                ('digest', models.CharField(default='0000000000000000000000000000000000000000000000000000000000000000', max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='ObstacleCause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=30, unique=True, verbose_name='kode')),
                ('name', models.CharField(max_length=80, verbose_name='sebab')),
                ('sentence', models.CharField(help_text='Melengkapi “Keterlambatan ini disebabkan oleh …”. Singkat, jujur, tanpa nama.', max_length=300, verbose_name='kalimat surat')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='urutan')),
            ],
            options={
                'verbose_name': 'sebab kendala',
                'verbose_name_plural': 'sebab kendala',
                'ordering': ['position', 'name'],
            },
        ),
        migrations.CreateModel(
            name='Section',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=20, unique=True, verbose_name='kode')),
                ('name', models.CharField(max_length=120, verbose_name='nama')),
            ],
            options={
                'verbose_name': 'seksi',
                'verbose_name_plural': 'seksi',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Sequence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=80, unique=True)),
                ('last', models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='OfficeHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True, verbose_name='nama')),
                ('decree', models.CharField(blank=True, max_length=120, verbose_name='dasar')),
                ('valid_from', models.DateField(blank=True, help_text='Kosong: disiapkan, belum berlaku.', null=True, verbose_name='berlaku sejak')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='berlaku sampai')),
                ('changed_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'verbose_name': 'jam kerja',
                'verbose_name_plural': 'jam kerja',
                'ordering': ['valid_from'],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='office_hours_end_after_start')],
            },
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=60, unique=True, verbose_name='nomor pesanan')),
                ('address', models.CharField(blank=True, max_length=300, verbose_name='alamat')),
                ('contact_name', models.CharField(blank=True, max_length=120, verbose_name='nama kontak')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='telepon')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='surel')),
                ('sample', models.CharField(blank=True, max_length=200, verbose_name='sampel atau alat')),
                ('contract', models.BooleanField(default=False, verbose_name='pelanggan kontrak (SPK)')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='keterangan')),
                ('received_at', models.DateTimeField(verbose_name='diterima')),
                ('documents_at', models.DateTimeField(blank=True, null=True, verbose_name='dokumen lengkap')),
                ('paid_at', models.DateTimeField(blank=True, null=True, verbose_name='dibayar')),
                ('target_at', models.DateTimeField(blank=True, help_text='Isi hanya bila kepada pelanggan sudah dijanjikan tanggal tertentu.', null=True, verbose_name='target yang dijanjikan')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='mulai')),
                ('due_at', models.DateTimeField(blank=True, null=True, verbose_name='target selesai')),
                ('estimate_at', models.DateTimeField(blank=True, null=True, verbose_name='perkiraan selesai')),
                ('ready_at', models.DateTimeField(blank=True, null=True, verbose_name='hasil siap')),
                ('handed_over_at', models.DateTimeField(blank=True, null=True, verbose_name='diserahkan')),
                ('handed_over_to', models.CharField(blank=True, max_length=120, verbose_name='diserahkan kepada')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='dibatalkan')),
                ('withdrawn_reason', models.CharField(blank=True, max_length=300, verbose_name='sebab pembatalan')),
                ('flagged_due_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='spm_monitor.customer', verbose_name='pelanggan')),
                ('section', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='spm_monitor.section', verbose_name='seksi')),
            ],
            options={
                'verbose_name': 'pesanan',
                'verbose_name_plural': 'pesanan',
                'ordering': ['-pk'],
                'permissions': [('enter_order', 'Mencatat dan mengubah pesanan'), ('import_order', 'Mengimpor pesanan'), ('record_documents', 'Mencatat dokumen lengkap'), ('record_paid', 'Mencatat pembayaran'), ('record_estimate', 'Mencatat perkiraan selesai'), ('record_ready', 'Mencatat hasil siap'), ('record_handed_over', 'Mencatat penyerahan hasil'), ('record_withdrawn', 'Mencatat pembatalan oleh pelanggan'), ('see_contact', 'Melihat kontak pelanggan')],
            },
        ),
        migrations.CreateModel(
            name='MonitoringRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('observed_at', models.DateTimeField(verbose_name='diamati pada')),
                ('stage', models.CharField(choices=[('intake', 'Penerimaan dan kaji ulang'), ('work', 'Pengerjaan'), ('report', 'Penyusunan hasil'), ('done', 'Hasil terbit')], max_length=10, verbose_name='tahap')),
                ('due_at', models.DateTimeField(blank=True, null=True, verbose_name='target selesai')),
                ('days_left', models.SmallIntegerField(blank=True, null=True, verbose_name='sisa hari kerja')),
                ('estimate_at', models.DateTimeField(blank=True, null=True, verbose_name='perkiraan selesai')),
                ('state', models.CharField(blank=True, choices=[('done', 'Selesai'), ('obstacle', 'Ada kendala'), ('running', 'Berjalan, dalam SPM')], max_length=10, verbose_name='keadaan')),
                ('asset', models.CharField(blank=True, max_length=120, verbose_name='alat atau sarana')),
                ('story', models.TextField(blank=True, max_length=2000, verbose_name='uraian kendala')),
                ('cause', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='spm_monitor.obstaclecause', verbose_name='sebab')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='monitoring_rows', to='spm_monitor.order')),
            ],
            options={
                'verbose_name': 'baris monitoring',
                'verbose_name_plural': 'baris monitoring',
                'ordering': ['-observed_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='DueChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='pada')),
                ('old', models.DateTimeField(null=True, verbose_name='semula')),
                ('new', models.DateTimeField(null=True, verbose_name='menjadi')),
                ('cause', models.CharField(max_length=200, verbose_name='sebab')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='due_changes', to='spm_monitor.order')),
            ],
            options={
                'verbose_name': 'perubahan target',
                'verbose_name_plural': 'perubahan target',
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Service',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=30, unique=True, verbose_name='kode')),
                ('name', models.CharField(max_length=160, verbose_name='nama')),
                ('active', models.BooleanField(default=True, verbose_name='ditawarkan')),
                ('section', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='services', to='spm_monitor.section', verbose_name='seksi')),
            ],
            options={
                'verbose_name': 'layanan',
                'verbose_name_plural': 'layanan',
                'ordering': ['name'],
            },
        ),
        migrations.AddField(
            model_name='order',
            name='service',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='spm_monitor.service', verbose_name='layanan'),
        ),
        migrations.CreateModel(
            name='SpmStandard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='berlaku sejak')),
                ('days', models.PositiveSmallIntegerField(verbose_name='janji')),
                ('unit', models.CharField(choices=[('working', 'hari kerja'), ('calendar', 'hari kalender')], default='working', max_length=10, verbose_name='satuan')),
                ('decree', models.CharField(max_length=120, verbose_name='nomor keputusan')),
                ('waits_for_documents', models.BooleanField(default=True, verbose_name='mulai setelah dokumen lengkap')),
                ('waits_for_payment', models.BooleanField(default=True, verbose_name='mulai setelah dibayar')),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='standards', to='spm_monitor.service', verbose_name='layanan')),
            ],
            options={
                'verbose_name': 'SPM',
                'verbose_name_plural': 'SPM',
                'ordering': ['service', '-valid_from'],
            },
        ),
        migrations.AddField(
            model_name='order',
            name='standard',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='spm_monitor.spmstandard'),
        ),
        migrations.CreateModel(
            name='JournalEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveBigIntegerField(unique=True, verbose_name='urut')),
                ('at', models.DateTimeField(verbose_name='pada')),
                ('capacity', models.CharField(blank=True, max_length=160, verbose_name='sebagai')),
                ('appointment', models.BigIntegerField(null=True, verbose_name='penugasan')),
                ('address', models.CharField(blank=True, max_length=64, verbose_name='alamat')),
                ('verb', models.CharField(max_length=60, verbose_name='tindakan')),
                ('subject', models.CharField(max_length=60, verbose_name='jenis')),
                ('subject_id', models.BigIntegerField(verbose_name='nomor')),
                ('before', models.JSONField(default=dict, verbose_name='semula')),
                ('after', models.JSONField(default=dict, verbose_name='menjadi')),
                ('note', models.TextField(blank=True, verbose_name='catatan')),
                ('previous', models.CharField(max_length=64)),
                ('digest', models.CharField(max_length=64, verbose_name='segel')),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='oleh')),
            ],
            options={
                'verbose_name': 'catatan jurnal',
                'verbose_name_plural': 'jurnal',
                'ordering': ['seq'],
                'indexes': [models.Index(fields=['subject', 'subject_id', '-seq'], name='journal_of_subject')],
            },
        ),
        migrations.CreateModel(
            name='OfficeSegment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Senin'), (1, 'Selasa'), (2, 'Rabu'), (3, 'Kamis'), (4, 'Jumat'), (5, 'Sabtu'), (6, 'Minggu')], verbose_name='hari')),
                ('opens', models.TimeField(verbose_name='dari')),
                ('closes', models.TimeField(verbose_name='sampai')),
                ('hours', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='segments', to='spm_monitor.officehours')),
            ],
            options={
                'verbose_name': 'ruas jam kerja',
                'verbose_name_plural': 'ruas jam kerja',
                'ordering': ['weekday', 'opens'],
                'constraints': [models.UniqueConstraint(fields=('hours', 'weekday', 'opens'), name='one_segment_a_start'), models.CheckConstraint(condition=models.Q(('closes__gt', models.F('opens'))), name='segment_has_length')],
            },
        ),
        migrations.CreateModel(
            name='Overrun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField(verbose_name='target selesai')),
                ('flagged_at', models.DateTimeField(verbose_name='ditandai')),
                ('corrected_at', models.DateTimeField(null=True, verbose_name='dikoreksi')),
                ('answered_at', models.DateTimeField(null=True, verbose_name='ditindaklanjuti')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='overruns', to='spm_monitor.order')),
            ],
            options={
                'verbose_name': 'pelampauan',
                'verbose_name_plural': 'pelampauan',
                'indexes': [models.Index(condition=models.Q(('answered_at__isnull', True), ('corrected_at__isnull', True)), fields=['id'], name='overrun_unanswered')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('corrected_at__isnull', True)), fields=('order',), name='one_standing_overrun_an_order')],
            },
        ),
        migrations.AddConstraint(
            model_name='spmstandard',
            constraint=models.UniqueConstraint(fields=('service', 'valid_from'), name='one_standard_a_date'),
        ),
        migrations.AddConstraint(
            model_name='spmstandard',
            constraint=models.CheckConstraint(condition=models.Q(('days__gte', 1)), name='standard_has_days'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('flagged_due_at__isnull', True), models.Q(('withdrawn_at__isnull', True), ('withdrawn_at__gt', models.F('due_at')), _connector='OR'), models.Q(('ready_at__isnull', True), ('ready_at__gt', models.F('due_at')), _connector='OR')), fields=['due_at'], name='order_unflagged_due'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('ready_at__isnull', True), ('withdrawn_at__isnull', True)), fields=['due_at'], name='order_open_due'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('handed_over_at__isnull', True), ('ready_at__isnull', False), _connector='OR'), name='handed_over_only_when_ready'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('ready_at__isnull', True), ('withdrawn_at__isnull', True), _connector='OR'), name='ready_or_withdrawn'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('flagged_due_at__isnull', True), ('flagged_due_at', models.F('due_at')), _connector='OR'), name='flag_is_of_this_due'),
        ),
    ]
