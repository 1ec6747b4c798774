"""Harbor Mechanical & Electric: a plausible company in both lenses, the same every time."""

COMPANY = "Harbor Mechanical & Electric"
PASSWORD = "harbor-demo-2026"  # noqa: S105 - a demo's, printed at every start
DOMAIN = "harbor.example"
SIGN_INS = {
    "owner": ("Ruth Calloway", ["owner"]), "dispatch": ("Marcus Bell", ["dispatcher"]), "dispatch2": ("Irene Soto", ["dispatcher"]),
    "tech": ("Dana Whitfield", ["technician"]), "pm": ("Priya Raman", ["project_manager"]),
    "super": ("Walt Jankowski", ["superintendent"]), "books": ("Helen Okafor", ["bookkeeper"]), "viewer": ("Guest Viewer", ["read_only"]),
}  # fmt: skip
