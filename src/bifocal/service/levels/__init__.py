"""What a call is promised and costs by agreement: response times with their penalties, the rates after hours."""
