from django.apps import AppConfig


class WarrantyConfig(AppConfig):
    name = "bifocal.bridges.warranty"
    label = "warranty"
