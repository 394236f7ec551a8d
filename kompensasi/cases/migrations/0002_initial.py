
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('cases', '0001_initial'),
        ('letters', '0002_initial'),
        ('people', '0001_initial'),
        ('sop', '0001_initial'),
        ('souvenirs', '0001_initial'),
        ('spm_monitor', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='case',
            name='opened_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='case',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='spm_monitor.order'),
        ),
        migrations.AddField(
            model_name='case',
            name='reservation',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='souvenirs.reservation', verbose_name='souvenir'),
        ),
        migrations.AddField(
            model_name='case',
            name='revision',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='sop.revision'),
        ),
        migrations.AddField(
            model_name='caseletter',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='case_letters', to='cases.case'),
        ),
        migrations.AddField(
            model_name='caseletter',
            name='letter',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='case_letters', to='letters.letter'),
        ),
        migrations.AddField(
            model_name='case',
            name='letters',
            field=models.ManyToManyField(related_name='cases', through='cases.CaseLetter', to='letters.letter'),
        ),
        migrations.AddField(
            model_name='draft',
            name='reservation',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='souvenirs.reservation'),
        ),
        migrations.AddField(
            model_name='draft',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='letters.letterversion'),
        ),
        migrations.AddField(
            model_name='instruction',
            name='souvenir_class',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='souvenirs.souvenirclass', verbose_name='kelas souvenir'),
        ),
        migrations.AddField(
            model_name='receiving',
            name='receipt',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receivings', to='souvenirs.receipt'),
        ),
        migrations.AddField(
            model_name='sending',
            name='dispatch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sendings', to='souvenirs.dispatch'),
        ),
        migrations.AddField(
            model_name='sending',
            name='letter',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sendings', to='letters.letter'),
        ),
        migrations.AddField(
            model_name='visit',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='visits', to='cases.case'),
        ),
        migrations.AddField(
            model_name='visit',
            name='finished_as',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.appointment'),
        ),
        migrations.AddField(
            model_name='visit',
            name='finished_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='visit',
            name='monitoring_row',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='visits', to='spm_monitor.monitoringrow'),
        ),
        migrations.AddField(
            model_name='visit',
            name='row',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='visits', to='sop.revisionstep'),
        ),
        migrations.AddField(
            model_name='sending',
            name='visit',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='sending', to='cases.visit'),
        ),
        migrations.AddField(
            model_name='receiving',
            name='visit',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='receiving', to='cases.visit'),
        ),
        migrations.AddField(
            model_name='obstaclereport',
            name='visit',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='report', to='cases.visit'),
        ),
        migrations.AddField(
            model_name='instruction',
            name='visit',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='instruction', to='cases.visit'),
        ),
        migrations.AddField(
            model_name='handover',
            name='visit',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='handover', to='cases.visit'),
        ),
        migrations.AddField(
            model_name='draft',
            name='visit',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='draft', to='cases.visit'),
        ),
        migrations.AddField(
            model_name='customerinformed',
            name='visit',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='informed', to='cases.visit'),
        ),
        migrations.AddConstraint(
            model_name='caseletter',
            constraint=models.UniqueConstraint(fields=('case', 'letter'), name='one_letter_a_case_once'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('order',), name='one_open_case_an_order'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ending', '')), models.Q(('ended_at__isnull', False), models.Q(('ending', ''), _negated=True)), _connector='OR'), name='ended_with_an_ending'),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(condition=models.Q(('finished_at__isnull', True)), fields=['due_at'], name='visit_open_due'),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.UniqueConstraint(condition=models.Q(('finished_at__isnull', True)), fields=('case',), name='one_open_visit_a_case'),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', True), ('outcome', '')), models.Q(('finished_at__isnull', False), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='finished_with_an_outcome'),
        ),
        migrations.AddConstraint(
            model_name='draft',
            constraint=models.CheckConstraint(condition=models.Q(('reservation__isnull', False), models.Q(('no_gift_reason', ''), _negated=True), _connector='OR'), name='gift_or_a_reason'),
        ),
    ]
