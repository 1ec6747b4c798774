from django.apps import AppConfig


class PricebookConfig(AppConfig):
    name = "bifocal.kernel.pricebook"
    label = "pricebook"
