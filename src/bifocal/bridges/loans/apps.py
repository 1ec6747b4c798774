from django.apps import AppConfig


class LoansConfig(AppConfig):
    name = "bifocal.bridges.loans"
    label = "loans"
