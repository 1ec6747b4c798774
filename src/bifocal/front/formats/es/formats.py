"""Spanish as it is written on an American job site: figures as on the check (1,234.50), words and dates in Spanish."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
DATE_FORMAT = "j \\d\\e F \\d\\e Y"
FIRST_DAY_OF_WEEK = 0
