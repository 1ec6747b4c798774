"""Files with their hash, and paper made with typst."""
