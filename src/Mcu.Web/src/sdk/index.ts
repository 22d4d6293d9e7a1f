export { type JoinOptions, McuClient, type McuClientOptions, type McuEvents } from './client';
export { McuError, type McuErrorCode } from './errors';
export { canShareScreen, type DeviceChoice, type DeviceKind, type DeviceList, LocalMedia } from './local-media';
export type { MediaState } from './peer';
export type * from './protocol';
export { maxChatCharacters } from './protocol';
export type { Quality, QualityLevel } from './quality';
export type { ClientState } from './state';
export type { Statistics, StreamStatistics, VideoStatistics } from './statistics';
