from django.db import migrations


def hold_given_numbers(apps, schema_editor):
    """Numbers given before keys were kept are held too, so that none is typed a second time."""
    letters = apps.get_model("letters", "Letter").objects
    held = set()
    for letter in letters.filter(number__isnull=False, number_key__isnull=True).order_by("pk"):
        key = "".join(letter.number.split()).casefold()
        if key not in held:
            letters.filter(pk=letter.pk).update(number_key=key)
            held.add(key)


class Migration(migrations.Migration):

    dependencies = [("letters", "0003_numbers_typed_and_copies")]

    operations = [migrations.RunPython(hold_given_numbers, migrations.RunPython.noop)]
