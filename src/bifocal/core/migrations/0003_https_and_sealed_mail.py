from django.db import migrations, models


def seal_passwords(apps, schema_editor):
    from bifocal.core.seal import MARK, seal

    company = apps.get_model("core", "Company")
    for row in company.objects.exclude(mail_password=""):
        if not row.mail_password.startswith(MARK):
            row.mail_password = seal(row.mail_password)
        row.mail_security = "starttls" if row.mail_tls else "none"
        row.save()


class Migration(migrations.Migration):
    dependencies = [("core", "0002_search_by_the_beginning")]

    operations = [
        migrations.AddField("company", "https", models.CharField(default="off", help_text="off, proxy, certificate", max_length=12)),
        migrations.AddField(
            "company", "mail_security", models.CharField(default="starttls", help_text="starttls, tls, none", max_length=10)
        ),
        migrations.AlterField("company", "mail_password", models.TextField(blank=True, help_text="Sealed (core/seal.py)")),
        migrations.RunPython(seal_passwords, migrations.RunPython.noop),
        migrations.RemoveField("company", "mail_tls"),
        # Django's database cache: counts of sign-ins hold over all processes and restarts
        migrations.RunSQL(
            "create table core_cache (cache_key varchar(255) primary key, value text not null, expires timestamptz not null);"
            " create index core_cache_expires on core_cache (expires)",
            "drop table core_cache",
        ),
    ]
