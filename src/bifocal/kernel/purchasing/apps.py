from django.apps import AppConfig


class PurchasingConfig(AppConfig):
    name = "bifocal.kernel.purchasing"
    label = "purchasing"
