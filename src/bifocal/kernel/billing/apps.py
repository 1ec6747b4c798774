from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "bifocal.kernel.billing"
    label = "billing"
