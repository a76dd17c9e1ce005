/** COPY writes times, numbers and bytes as the session's settings say: these make the same rows the same bytes everywhere. */
export const copySettings =
  '-c client_encoding=UTF8 -c datestyle=ISO,YMD -c intervalstyle=postgres -c timezone=UTC -c extra_float_digits=1 -c bytea_output=hex -c statement_timeout=0 -c idle_in_transaction_session_timeout=0'
