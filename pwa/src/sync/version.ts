/** Which app this is, as the administrator sees it. */
export { version as APP_VERSION } from '../../package.json'
