
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0002_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='temporary_until',
            field=models.DateTimeField(blank=True, null=True, verbose_name='kata sandi sementara sampai'),
        ),
    ]
