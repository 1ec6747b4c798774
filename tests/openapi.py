"""Print the OpenAPI document, sorted. `make openapi` keeps it in docs/reference."""

import json
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bifocal.front.settings")

import django  # noqa: E402

django.setup()

from bifocal.front.api import api  # noqa: E402

print(json.dumps(api.get_openapi_schema(), indent=1, sort_keys=True, default=str))
