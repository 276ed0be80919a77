"""The HTTP app: routes, authentication, admission, problems, metrics, lifecycle."""
