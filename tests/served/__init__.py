"""The API over real sockets: what is sent wrong, too slowly, too much or not to the end."""
