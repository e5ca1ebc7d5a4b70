"""The conformance suite of the flow language: flows with cases, invalid documents, and the rules they cover."""
