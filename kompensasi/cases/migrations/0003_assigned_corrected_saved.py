
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0002_initial'),
        ('people', '0002_initial'),
        ('sop', '0001_initial'),
        ('spm_monitor', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Correction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('field', models.CharField(max_length=40, verbose_name='isian')),
                ('label', models.CharField(max_length=80, verbose_name='sebutan isian')),
                ('old', models.TextField(blank=True, verbose_name='semula')),
                ('new', models.TextField(blank=True, verbose_name='menjadi')),
                ('reason', models.CharField(max_length=300, verbose_name='alasan')),
                ('at', models.DateTimeField(verbose_name='pada')),
            ],
            options={
                'verbose_name': 'koreksi',
                'verbose_name_plural': 'koreksi',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='SavedAnswers',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('answers', models.JSONField(verbose_name='isian')),
                ('saved_at', models.DateTimeField(verbose_name='disimpan')),
            ],
            options={
                'verbose_name': 'draf isian',
                'verbose_name_plural': 'draf isian',
            },
        ),
        migrations.AddField(
            model_name='visit',
            name='assigned_as',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.appointment'),
        ),
        migrations.AddField(
            model_name='visit',
            name='assigned_at',
            field=models.DateTimeField(null=True, verbose_name='dipegang sejak'),
        ),
        migrations.AddField(
            model_name='visit',
            name='assigned_to',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='visit',
            name='posted_sha256',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('assigned_as__isnull', True), ('assigned_at__isnull', True), ('assigned_to__isnull', True)), models.Q(('assigned_as__isnull', False), ('assigned_at__isnull', False), ('assigned_to__isnull', False)), _connector='OR'), name='assigned_by_somebody_at_a_time'),
        ),
        migrations.AddField(
            model_name='correction',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='correction',
            name='capacity',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.appointment'),
        ),
        migrations.AddField(
            model_name='correction',
            name='visit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='cases.visit'),
        ),
        migrations.AddField(
            model_name='savedanswers',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='savedanswers',
            name='visit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_answers', to='cases.visit'),
        ),
        migrations.AddConstraint(
            model_name='savedanswers',
            constraint=models.UniqueConstraint(fields=('visit', 'by'), name='one_saved_form_a_person'),
        ),
    ]
