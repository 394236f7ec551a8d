
import django.core.validators
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('letters', '0002_initial'),
        ('people', '0002_initial'),
        ('spm_monitor', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='letter',
            options={'ordering': ['-signed_at', '-pk'], 'permissions': [('see_register', 'Melihat agenda surat'), ('type_number', 'Mengetik nomor surat dari buku agenda'), ('void_letter', 'Membatalkan surat yang belum dikirim')], 'verbose_name': 'surat', 'verbose_name_plural': 'surat'},
        ),
        migrations.AddField(
            model_name='letter',
            name='number_key',
            field=models.CharField(max_length=120, null=True, unique=True),
        ),
        migrations.AddField(
            model_name='letter',
            name='typed_number',
            field=models.CharField(blank=True, help_text='Dari buku agenda; dipakai saat ditandatangani.', max_length=60, verbose_name='nomor yang diketik'),
        ),
        migrations.AddField(
            model_name='letterhead',
            name='first_number_year',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Tahun lain mulai dari 1. Kosong: tahun ini.', null=True, verbose_name='tahun nomor urut pertama'),
        ),
        migrations.AddField(
            model_name='lettertemplate',
            name='copies',
            field=models.TextField(blank=True, help_text='Satu jabatan per baris, paling banyak 5. Contoh: Kepala BSKJI', max_length=650, verbose_name='tembusan'),
        ),
        migrations.AddField(
            model_name='letterversion',
            name='copies',
            field=models.TextField(blank=True, max_length=650, verbose_name='tembusan'),
        ),
        migrations.AlterField(
            model_name='letterhead',
            name='first_number',
            field=models.PositiveIntegerField(default=1, help_text='Bila buku agenda tahun berjalan sudah terpakai. Nomor urut tidak pernah mundur.', validators=[django.core.validators.MinValueValidator(1)], verbose_name='nomor urut pertama'),
        ),
        migrations.AlterField(
            model_name='letterhead',
            name='number_format',
            field=models.CharField(help_text='Unsur: {urut} {unit} {klasifikasi} {bulan_romawi} {bulan} {tahun}. Wajib: {urut} dan {tahun}.', max_length=120, verbose_name='pola nomor'),
        ),
        migrations.AddConstraint(
            model_name='letter',
            constraint=models.CheckConstraint(condition=models.Q(('typed_number', ''), ('number_key__isnull', False), _connector='OR'), name='typed_number_is_held'),
        ),
    ]
