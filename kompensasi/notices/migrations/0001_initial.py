
import django.db.models.deletion
import kompensasi.notices.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=80, unique=True, verbose_name='kunci')),
                ('kind', models.CharField(choices=[('turn', 'Langkah menunggu'), ('delay', 'Pemberitahuan keterlambatan kepada pelanggan')], max_length=10, verbose_name='jenis')),
                ('address', models.EmailField(max_length=254, verbose_name='surel')),
                ('subject', models.CharField(max_length=160, verbose_name='perihal')),
                ('body', models.TextField(verbose_name='isi')),
                ('created_at', models.DateTimeField(verbose_name='ditulis')),
                ('message_id', models.CharField(default=kompensasi.notices.models.new_message_id, max_length=120, unique=True)),
                ('state', models.CharField(choices=[('waiting', 'Menunggu dikirim'), ('claimed', 'Sedang dikirim'), ('sent', 'Terkirim'), ('failed', 'Gagal'), ('held', 'Ditahan')], default='waiting', max_length=10, verbose_name='keadaan')),
                ('next_try_at', models.DateTimeField(verbose_name='dikirim sejak')),
                ('claimed_until', models.DateTimeField(null=True, verbose_name='dipegang sampai')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='percobaan')),
                ('error', models.CharField(blank=True, max_length=500, verbose_name='kendala terakhir')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='terkirim')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to=settings.AUTH_USER_MODEL, verbose_name='pengguna')),
            ],
            options={
                'verbose_name': 'pemberitahuan',
                'verbose_name_plural': 'pemberitahuan',
                'ordering': ['pk'],
                'indexes': [models.Index(condition=models.Q(('state__in', ('waiting', 'claimed'))), fields=['next_try_at'], name='notice_unsent')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('claimed_until__isnull', False), ('state', 'claimed'), ('tries__gt', 0)), models.Q(models.Q(('state', 'claimed'), _negated=True), ('claimed_until__isnull', True)), _connector='OR'), name='claimed_until_an_instant'), models.CheckConstraint(condition=models.Q(models.Q(('sent_at__isnull', False), ('state', 'sent')), models.Q(models.Q(('state', 'sent'), _negated=True), ('sent_at__isnull', True)), _connector='OR'), name='sent_at_an_instant'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), _negated=True), models.Q(('error', ''), _negated=True), _connector='OR'), name='failed_for_a_reason'), models.CheckConstraint(condition=models.Q(('address', ''), _negated=True), name='notice_has_an_address')],
            },
        ),
    ]
