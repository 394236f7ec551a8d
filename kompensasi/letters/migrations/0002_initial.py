
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('letters', '0001_initial'),
        ('people', '0001_initial'),
        ('spm_monitor', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='letter',
            name='customer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='letters', to='spm_monitor.customer'),
        ),
        migrations.AddField(
            model_name='letter',
            name='section',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='letters', to='spm_monitor.section'),
        ),
        migrations.AddField(
            model_name='letter',
            name='signed_as',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.appointment'),
        ),
        migrations.AddField(
            model_name='letter',
            name='signed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='letterreview',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='lettertemplate',
            constraint=models.UniqueConstraint(fields=('variant', 'valid_from'), name='one_template_a_date'),
        ),
        migrations.AddField(
            model_name='letterversion',
            name='letter',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='letters.letter'),
        ),
        migrations.AddField(
            model_name='letterversion',
            name='written_as',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.appointment'),
        ),
        migrations.AddField(
            model_name='letterversion',
            name='written_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='letterreview',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='letters.letterversion'),
        ),
        migrations.AddConstraint(
            model_name='letter',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('dated__isnull', True), ('number__isnull', True), ('pdf_sha256', ''), ('pdf_size__isnull', True), ('signed_as__isnull', True), ('signed_at__isnull', True), ('signed_by__isnull', True)), models.Q(('dated__isnull', False), ('number__isnull', False), ('pdf_size__isnull', False), ('signed_as__isnull', False), ('signed_at__isnull', False), ('signed_by__isnull', False), models.Q(('pdf_sha256', ''), _negated=True)), _connector='OR'), name='signed_whole_or_not_at_all'),
        ),
        migrations.AddConstraint(
            model_name='letter',
            constraint=models.CheckConstraint(condition=models.Q(('sent_at__isnull', True), ('signed_at__isnull', False), _connector='OR'), name='sent_only_when_signed'),
        ),
        migrations.AddConstraint(
            model_name='letterversion',
            constraint=models.UniqueConstraint(fields=('letter', 'version'), name='one_text_a_version'),
        ),
    ]
