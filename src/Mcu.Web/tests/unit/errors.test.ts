import { describe, expect, it } from 'vitest';
import { McuError, toCaptureError, toServerErrorCode } from '../../src/sdk/errors';

describe('toCaptureError', () => {
  it.each([
    ['NotAllowedError', 'permission-denied'],
    ['SecurityError', 'permission-denied'],
    ['NotFoundError', 'no-device'],
    ['OverconstrainedError', 'no-device'],
    ['NotReadableError', 'device-busy'],
    ['AbortError', 'device-busy'],
    ['TypeError', 'capture-failed'],
  ])('%s is %s', (name, code) => {
    const error = toCaptureError(new DOMException('', name), 'camera');
    expect(error.code).toBe(code);
    expect(error.title).toContain('camera');
    expect(error.advice).not.toBe('');
  });
});

describe('McuError', () => {
  it('has a title and advice of its own unless told better', () => {
    expect(new McuError('room-full')).toMatchObject({ title: 'The room is full', message: 'The room is full' });
    expect(new McuError('room-full', { title: 'Full', advice: 'Wait' })).toMatchObject({ title: 'Full', advice: 'Wait' });
  });

  it('takes unknown codes of later servers for internal', () => {
    expect(toServerErrorCode('forbidden')).toBe('forbidden');
    expect(toServerErrorCode('busy')).toBe('busy');
    expect(toServerErrorCode('brand-new')).toBe('internal');
  });
});
