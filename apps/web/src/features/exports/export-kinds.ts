import {
  IconCrop,
  IconGif,
  IconMessage,
  IconMovie,
  IconPhoto,
  IconVolume,
  type Icon,
} from '@tabler/icons-react';
import type { ExportDto, ExportKind } from '@hindsight/shared/clips/export';

/** What one chooses from, in the order in which people look for it. */
export const EXPORT_KINDS: readonly { kind: ExportKind; label: string; hint: string; icon: Icon }[] = [
  { kind: 'chat', label: 'For chat', hint: 'Fits a size limit', icon: IconMessage },
  { kind: 'editing', label: 'For editing', hint: 'Constant rate', icon: IconMovie },
  { kind: 'crop', label: 'Upright', hint: '9:16 or square', icon: IconCrop },
  { kind: 'sound', label: 'Sound', hint: 'M4A, no picture', icon: IconVolume },
  { kind: 'still', label: 'Still', hint: 'One picture', icon: IconPhoto },
  { kind: 'animation', label: 'Animation', hint: 'WebP or GIF', icon: IconGif },
];

/** Says in a few words what an export is. */
export function exportName({ options }: Pick<ExportDto, 'options'>): string {
  switch (options.kind) {
    case 'chat':
      return options.limitBytes === undefined
        ? 'For chat'
        : `For chat, ${Number((options.limitBytes / 1_000_000).toFixed(1))} MB`;
    case 'editing':
      return [
        'For editing',
        ...(options.sound === 'pcm' ? ['PCM sound'] : []),
        ...(options.hasSeparateTracks === true ? ['separate tracks'] : []),
      ].join(', ');
    case 'crop':
      return options.crop.width === options.crop.height ? 'Square' : 'Upright';
    case 'sound':
      return 'Sound';
    case 'still':
      return options.format === 'png' ? 'Still, PNG' : 'Still, JPEG';
    case 'animation':
      return options.format === 'gif' ? 'Animation, GIF' : 'Animation, WebP';
  }
}
