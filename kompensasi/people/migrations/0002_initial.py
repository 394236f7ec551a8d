
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('people', '0001_initial'),
        ('spm_monitor', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='appointment',
            name='section',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='spm_monitor.section', verbose_name='seksi'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to=settings.AUTH_USER_MODEL, verbose_name='pengguna'),
        ),
        migrations.AddField(
            model_name='post',
            name='permissions',
            field=models.ManyToManyField(blank=True, related_name='posts', to='auth.permission', verbose_name='hak'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='post',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='people.post', verbose_name='jabatan'),
        ),
        migrations.AddField(
            model_name='posttitle',
            name='post',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='titles', to='people.post', verbose_name='jabatan'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='appointment_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='posttitle',
            constraint=models.UniqueConstraint(fields=('post', 'valid_from'), name='one_title_a_date'),
        ),
    ]
