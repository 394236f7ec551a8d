
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0002_initial'),
        ('sop', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='revisionstep',
            name='delegable',
            field=models.BooleanField(default=False, help_text='Pelaksana boleh menyerahkan pengirimannya kepada yang menyiapkan.', verbose_name='boleh didelegasikan'),
        ),
        migrations.AddField(
            model_name='revisionstep',
            name='prepared_by',
            field=models.ForeignKey(blank=True, help_text='Boleh mengisi draf langkah ini untuk pelaksananya.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.post', verbose_name='disiapkan oleh'),
        ),
        migrations.AddConstraint(
            model_name='revisionstep',
            constraint=models.CheckConstraint(condition=models.Q(('delegable', False), ('prepared_by__isnull', False), _connector='OR'), name='delegated_to_who_prepares'),
        ),
    ]
