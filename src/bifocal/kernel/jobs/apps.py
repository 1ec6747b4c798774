from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "bifocal.kernel.jobs"
    label = "jobs"
