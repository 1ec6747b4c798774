"""The document spine: number, revision, parties, ball in court, responses, history."""
