from django.apps import AppConfig


class BillingsConfig(AppConfig):
    name = "bifocal.projects.billings"
    label = "billings"
