
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True, verbose_name='kode')),
                ('number', models.CharField(max_length=60, verbose_name='nomor SOP')),
                ('title', models.CharField(max_length=160, verbose_name='nama SOP')),
                ('agency', models.CharField(max_length=160, verbose_name='lembaga')),
                ('unit', models.CharField(max_length=160, verbose_name='satuan kerja')),
                ('issued', models.CharField(max_length=40, verbose_name='tanggal SOP')),
                ('revised', models.CharField(max_length=40, verbose_name='tanggal revisi')),
                ('effective', models.CharField(max_length=40, verbose_name='tanggal efektif')),
                ('approved_by', models.CharField(max_length=160, verbose_name='disahkan oleh')),
                ('remarks', models.TextField(blank=True, help_text='Kekeliruan yang diketahui, satu per baris.', verbose_name='catatan atas sumber')),
                ('in_force_from', models.DateField(blank=True, help_text='Kosong: belum dipakai.', null=True, verbose_name='dipakai untuk kasus baru sejak')),
            ],
            options={
                'verbose_name': 'revisi SOP',
                'verbose_name_plural': 'revisi SOP',
                'ordering': ['-in_force_from', 'code'],
            },
        ),
        migrations.CreateModel(
            name='RevisionStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='no')),
                ('title', models.CharField(max_length=80, verbose_name='sebutan singkat')),
                ('activity', models.TextField(verbose_name='kegiatan')),
                ('lane_reconstructed', models.BooleanField(default=True, verbose_name='pelaksana rekonstruksi')),
                ('papers', models.CharField(blank=True, max_length=200, verbose_name='kelengkapan')),
                ('minutes', models.PositiveSmallIntegerField(verbose_name='waktu (menit kerja)')),
                ('output', models.CharField(blank=True, max_length=200, verbose_name='output')),
                ('remark', models.CharField(blank=True, max_length=200, verbose_name='keterangan')),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sop_steps', to='people.post', verbose_name='pelaksana')),
                ('recipients', models.ManyToManyField(blank=True, related_name='+', to='people.post', verbose_name='kepada')),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='sop.revision')),
            ],
            options={
                'verbose_name': 'langkah SOP',
                'verbose_name_plural': 'langkah SOP',
                'ordering': ['revision', 'number'],
                'constraints': [models.UniqueConstraint(fields=('revision', 'number'), name='one_row_a_step')],
            },
        ),
        migrations.CreateModel(
            name='RevisionText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('legal', 'Dasar hukum'), ('related', 'Keterkaitan'), ('warning', 'Peringatan'), ('skill', 'Kualifikasi pelaksana'), ('equipment', 'Perlengkapan/peralatan'), ('record', 'Pencatatan dan pendataan')], max_length=10, verbose_name='bagian')),
                ('position', models.PositiveSmallIntegerField(verbose_name='nomor')),
                ('text', models.TextField(verbose_name='isi')),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='sop.revision')),
            ],
            options={
                'verbose_name': 'isi halaman 1',
                'verbose_name_plural': 'isi halaman 1',
                'ordering': ['kind', 'position'],
                'constraints': [models.UniqueConstraint(fields=('revision', 'kind', 'position'), name='one_text_a_place')],
            },
        ),
    ]
