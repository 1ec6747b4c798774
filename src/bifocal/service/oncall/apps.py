from django.apps import AppConfig


class OncallConfig(AppConfig):
    name = "bifocal.service.oncall"
    label = "oncall"
