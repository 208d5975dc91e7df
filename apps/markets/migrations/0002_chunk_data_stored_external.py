"""Keep PostgreSQL from compressing the chunks a second time.

They are zstd already: EXTERNAL moves them out of the row as they are, so that a read
is a plain copy. SQLite has no such setting.
"""

from django.db import migrations


def _store(storage: str):
    def apply(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                "ALTER TABLE markets_candlechunk "
                f"ALTER COLUMN data SET STORAGE {storage}"
            )

    return apply


class Migration(migrations.Migration):
    dependencies = [("markets", "0001_initial")]

    operations = [migrations.RunPython(_store("EXTERNAL"), _store("EXTENDED"))]
