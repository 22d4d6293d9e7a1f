import { useEffect, useRef, useState } from 'preact/hooks';
import { type ChatMessage, type ClientState, type McuClient, type McuError, maxChatCharacters } from '../sdk';
import { splitLinks } from './chat-text';
import type { Toasts } from './hooks';
import { Icon } from './icons';
import { Panel } from './panel';

export interface ChatPanelProps {
  readonly client: McuClient;
  readonly state: ClientState;
  readonly messages: readonly ChatMessage[];
  readonly toasts: Toasts;
  readonly onClose: () => void;
}

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

export function ChatPanel({ client, state, messages, toasts, onClose }: ChatPanelProps) {
  const [text, setText] = useState('');
  const input = useRef<HTMLTextAreaElement>(null);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => input.current?.focus(), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new message is what scrolls the list.
  useEffect(() => end.current?.scrollIntoView({ block: 'nearest' }), [messages.length]);

  const send = () => {
    const message = text.trim();
    if (!message) return;
    setText('');
    client.sendChat(message).catch((error: McuError) => {
      setText(message);
      toasts.complain(error);
    });
  };
  const footer = (
    <form
      class="chat-form"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={input}
        rows={1}
        aria-label="Message to everybody"
        placeholder="Message to everybody"
        maxLength={maxChatCharacters}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <button type="submit" class="icon-button filled" aria-label="Send" disabled={!text.trim()}>
        <Icon name="send" size={20} />
      </button>
    </form>
  );
  return (
    <Panel title="Chat" onClose={onClose} footer={footer}>
      {messages.length === 0 && (
        <p class="panel-empty">No messages yet. Everybody in the room sees what you write, as long as they are here.</p>
      )}
      <div class="messages" role="log" aria-label="Messages">
        {messages.map((message, index) => (
          <Message
            key={`${message.at}-${message.from}-${message.text}`}
            message={message}
            own={message.from === state.self}
            continued={messages[index - 1]?.from === message.from}
          />
        ))}
      </div>
      <div ref={end} />
    </Panel>
  );
}

function Message({ message, own, continued }: { message: ChatMessage; own: boolean; continued: boolean }) {
  return (
    <div class={['message', own && 'own', continued && 'continued'].filter(Boolean).join(' ')}>
      <p class={continued ? 'message-head visually-hidden' : 'message-head'}>
        <span>{own ? 'You' : message.name}</span> <time dateTime={message.at}>{time.format(new Date(message.at))}</time>
      </p>
      <p class="message-text">
        {splitLinks(message.text).map((part) =>
          part.link ? (
            <a key={part.start} href={part.text} target="_blank" rel="noopener noreferrer">
              {part.text}
            </a>
          ) : (
            part.text
          ),
        )}
      </p>
    </div>
  );
}
