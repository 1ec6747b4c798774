from django.apps import AppConfig


class StockConfig(AppConfig):
    name = "bifocal.kernel.stock"
    label = "stock"
