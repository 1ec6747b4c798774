from django.apps import AppConfig


class PromotionConfig(AppConfig):
    name = "bifocal.bridges.promotion"
    label = "promotion"
