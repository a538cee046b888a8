export { HTTP_LIMITS_DEFAULT, type HttpLimits } from './limits.ts';
export { type HttpOptions, type HttpServer, startHttp } from './server.ts';
