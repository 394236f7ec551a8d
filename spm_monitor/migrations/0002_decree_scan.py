
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('spm_monitor', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='spmstandard',
            name='scan',
            field=models.CharField(blank=True, max_length=120, verbose_name='pindaian keputusan'),
        ),
        migrations.AddField(
            model_name='spmstandard',
            name='scan_sha256',
            field=models.CharField(blank=True, max_length=64, verbose_name='SHA-256 pindaian'),
        ),
    ]
