from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "bifocal.kernel.documents"
    label = "documents"
