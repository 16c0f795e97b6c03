"""TLS that is not weakened: version 1.2 at least, and certificates that are checked."""

import ssl


def require_modern(context: ssl.SSLContext) -> None:
    """Pass a context that speaks TLS 1.2 or later only.

    Raises:
        ValueError: It would speak an older version.
    """
    if context.minimum_version < ssl.TLSVersion.TLSv1_2:
        raise ValueError(
            f"TLS from {context.minimum_version.name} on; expected TLSv1_2 at least. Set the "
            "context's minimum_version."
        )


def require_checked_server(context: ssl.SSLContext) -> None:
    """Pass a client's context that checks the server's certificate and name.

    Raises:
        ValueError: It does not, or speaks an older version than TLS 1.2.
    """
    require_modern(context)
    if context.verify_mode is not ssl.CERT_REQUIRED or not context.check_hostname:
        raise ValueError(
            "the TLS context checks neither certificate nor name of the server; use "
            "ssl.create_default_context and leave verify_mode and check_hostname as they are"
        )
