/** From what severity on lines are written. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** One of `LOG_LEVELS`. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `auto`: `pretty` on a terminal, else `json`. */
export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const;

/** One of `LOG_FORMATS`. */
export type LogFormat = (typeof LOG_FORMATS)[number];
