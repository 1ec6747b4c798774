"""Time and materials tickets: written on site, signed the same day by the client's man, or marked 'refused to sign' with a witness."""
