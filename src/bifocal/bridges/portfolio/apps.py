from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    name = "bifocal.bridges.portfolio"
    label = "portfolio"
