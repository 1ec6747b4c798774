from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "bifocal.service.agreements"
    label = "agreements"
