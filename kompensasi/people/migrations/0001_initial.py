
import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('username', models.CharField(error_messages={'unique': 'Nama ini terpakai.'}, max_length=60, unique=True, verbose_name='nama pengguna')),
                ('full_name', models.CharField(max_length=120, verbose_name='nama lengkap')),
                ('nip', models.CharField(blank=True, max_length=18, validators=[django.core.validators.RegexValidator('^\\d{18}$', 'NIP terdiri dari 18 angka.')], verbose_name='NIP')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='surel')),
                ('is_active', models.BooleanField(default=True, verbose_name='aktif')),
                ('is_demo', models.BooleanField(default=False, editable=False, verbose_name='akun contoh')),
            ],
            options={
                'verbose_name': 'pengguna',
                'verbose_name_plural': 'pengguna',
                'ordering': ['full_name'],
            },
        ),
        migrations.CreateModel(
            name='Appointment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.PositiveSmallIntegerField(choices=[(1, 'Definitif'), (2, 'Plt.'), (3, 'Plh.')], default=1, verbose_name='jenis')),
                ('order_number', models.CharField(max_length=80, verbose_name='nomor surat perintah')),
                ('order_date', models.DateField(verbose_name='tanggal surat perintah')),
                ('starts_on', models.DateField(verbose_name='mulai')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='sampai')),
            ],
            options={
                'verbose_name': 'penugasan',
                'verbose_name_plural': 'penugasan',
                'ordering': ['post__position', 'kind', 'starts_on'],
            },
        ),
        migrations.CreateModel(
            name='Post',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=30, unique=True, verbose_name='kode')),
                ('per_section', models.BooleanField(default=False, verbose_name='per seksi')),
                ('exclusive', models.BooleanField(default=False, verbose_name='satu pemegang definitif')),
                ('external', models.BooleanField(default=False, help_text='Pelanggan: tanpa akun, lewat tautan.', verbose_name='di luar kantor')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='urutan')),
            ],
            options={
                'verbose_name': 'jabatan',
                'verbose_name_plural': 'jabatan',
                'ordering': ['position'],
                'permissions': [('administer', 'Mengelola akun, jabatan, dan data induk')],
            },
        ),
        migrations.CreateModel(
            name='PostTitle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=80, verbose_name='sebutan')),
                ('valid_from', models.DateField(verbose_name='berlaku sejak')),
            ],
            options={
                'verbose_name': 'sebutan jabatan',
                'verbose_name_plural': 'sebutan jabatan',
                'ordering': ['valid_from'],
            },
        ),
    ]
