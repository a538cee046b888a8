export { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from './levels.ts';
export { type ClosableLogger, createLogger, type LoggerOptions } from './logger.ts';
