"""What the client sends and reads, beside what Maventa says of its API."""
