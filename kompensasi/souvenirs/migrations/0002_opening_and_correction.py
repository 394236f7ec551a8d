
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('souvenirs', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='movement',
            name='funding',
            field=models.CharField(blank=True, max_length=80, verbose_name='sumber dana'),
        ),
        migrations.AddField(
            model_name='movement',
            name='reason',
            field=models.CharField(blank=True, max_length=200, verbose_name='sebab koreksi'),
        ),
        migrations.AddField(
            model_name='movement',
            name='unit_cost',
            field=models.PositiveIntegerField(null=True, verbose_name='harga satuan (Rp)'),
        ),
        migrations.AlterField(
            model_name='movement',
            name='kind',
            field=models.CharField(choices=[('opening', 'Stok awal'), ('in', 'Masuk'), ('reserved', 'Disisihkan'), ('released', 'Dilepas'), ('out', 'Keluar'), ('returned', 'Kembali'), ('added', 'Koreksi tambah'), ('removed', 'Koreksi kurang')], max_length=10, verbose_name='gerak'),
        ),
        migrations.AddConstraint(
            model_name='movement',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'opening')), fields=('item',), name='one_opening_an_item'),
        ),
        migrations.AddConstraint(
            model_name='movement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('added', 'removed')), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='correction_has_reason'),
        ),
    ]
