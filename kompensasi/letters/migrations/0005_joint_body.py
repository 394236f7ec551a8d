"""Words for a letter that serves several orders, in templates written before."""

from django.db import migrations, models

WORDS = {
    "expected": (
        'Sehubungan dengan pesanan-pesanan Saudara berikut ini, kami telah menjanjikan hasilnya selesai paling lambat pada tanggal yang tercantum.',
        '{daftar_pesanan}',
        'Dengan ini kami sampaikan bahwa layanan-layanan tersebut tidak dapat kami selesaikan dalam waktu yang dijanjikan.',
        'Atas keterlambatan tersebut dan ketidaknyamanan yang ditimbulkannya, kami menyampaikan permohonan maaf yang sebesar-besarnya kepada Saudara.',
        'Kami terus mengupayakan agar layanan-layanan tersebut selesai pada tanggal perkiraannya, dan akan segera memberitahukan kepada Saudara apabila perkiraan itu berubah.',
        '{souvenir}',
        'Untuk keterangan lebih lanjut, Saudara dapat menghubungi kami melalui {kontak}. Pengaduan dapat pula disampaikan melalui SP4N-LAPOR! (lapor.go.id).',
        'Atas perhatian dan pengertian Saudara, kami mengucapkan terima kasih.',
    ),
    "finished": (
        'Sehubungan dengan pesanan-pesanan Saudara berikut ini, kami telah menjanjikan hasilnya selesai paling lambat pada tanggal yang tercantum.',
        '{daftar_pesanan}',
        'Dengan ini kami sampaikan bahwa hasil layanan-layanan tersebut baru selesai setelah tanggal yang dijanjikan.',
        'Atas keterlambatan tersebut dan ketidaknyamanan yang ditimbulkannya, kami menyampaikan permohonan maaf yang sebesar-besarnya kepada Saudara.',
        'Kami mengevaluasi pelaksanaan layanan tersebut untuk mencegah keterlambatan serupa terulang.',
        '{souvenir}',
        'Untuk keterangan lebih lanjut, Saudara dapat menghubungi kami melalui {kontak}. Pengaduan dapat pula disampaikan melalui SP4N-LAPOR! (lapor.go.id).',
        'Atas perhatian dan pengertian Saudara, kami mengucapkan terima kasih.',
    ),
}


def put_words(apps, schema_editor):
    LetterTemplate = apps.get_model("letters", "LetterTemplate")
    for variant, paragraphs in WORDS.items():
        rows = LetterTemplate.objects.filter(variant=variant, joint_body="")
        rows.update(joint_body="\n\n".join(paragraphs))


class Migration(migrations.Migration):
    dependencies = [("letters", "0004_keys_of_given_numbers")]

    operations = [
        migrations.AddField(
            model_name="lettertemplate",
            name="joint_body",
            field=models.TextField(
                default="",
                help_text="Seperti isi; {daftar_pesanan} menjadi satu alinea per pesanan.",
                verbose_name="isi untuk beberapa pesanan",
            ),
        ),
        migrations.RunPython(put_words, migrations.RunPython.noop),
    ]
