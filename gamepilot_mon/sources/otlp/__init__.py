"""OpenTelemetry's protocol, OTLP over HTTP: bytes to records, and records to events.

`protobuf` and `json` read the two encodings into the same records; `spans`, `points` and `logs` say what becomes of
them. Nothing here opens the store but `counters`.
"""
