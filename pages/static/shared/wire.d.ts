// Made by `python -m core.commands.wire_types`: what the server tells (…Message), and what it is told (…Request).

/** One engine: what it reads or writes, and whether it can. A kind without an engine has a line too. */
export interface EngineLine {
  /** of the file in models/; empty: no engine of this kind is set */
  name: string;
  /** decode, detect, face, speech, encode, voice, transcribe, turn, text, speak or reply */
  kind: string;
  /** loaded, and answering */
  available: boolean;
  /** what it is; where it is not available, what is missing, and what goes on without it */
  note: string;
  /** everything else goes on without this kind */
  is_optional: boolean;
  /** the engine's own; this and all below only where there is an engine */
  version?: string;
  /** of its weights */
  licence?: string;
  /** BCP-47 primary subtags it knows; empty: any, or none needed */
  languages?: string[];
  /** rough: worth a warning beside what it gives */
  grade?: "rough" | "embedded" | "full-size";
  /** of this server, a process of its own, or somebody's server */
  runs_in?: "thread" | "process" | "network";
  /** requests that are answered together */
  max_batch?: number;
  /** what it is given is sent away */
  leaves_machine?: boolean;
  /** of its kind it is asked first */
  is_default?: boolean;
  /** measured on its weights, those at home first */
  figures?: FigureLine[];
}

/** How often a model's weights were right, measured. */
export interface FigureLine {
  /** what on, for people */
  on: string;
  /** other persons or texts of a collection that taught it; else of one that never did */
  at_home: boolean;
  /** what is counted, for people */
  measure: string;
  /** 0..1 */
  value: number;
  /** where its 95 % interval begins */
  low: number;
  /** where that ends */
  high: number;
  /** pictures, recordings or texts */
  count: number;
}

/** How a talking face looks at one moment of a sound. */
export interface VisemeLine {
  /** seconds since the start of that sound */
  t: number;
  /** weights 0 to 1 by ARKit name (jawOpen, mouthFunnel) and Oculus name (viseme_aa, viseme_PP) */
  blend: Record<string, number>;
}

/** The answer to `auth`; a `state` follows at once. */
export interface ReadyMessage {
  type: "ready";
  /** names the session over REST */
  session_id: string;
  /** re-enters this session; new at each entry */
  resume_token: string;
  /** those this server can read: face, text, voice */
  modalities: string[];
  /** as in GET /api/status */
  engines: EngineLine[];
}

/** After `ready`, and whenever one of these changes. */
export interface StateMessage {
  type: "state";
  /** in force */
  scopes: string[];
  /** by `pause` */
  paused: boolean;
  /** readings of this session are being kept right now */
  recording: boolean;
  /** nothing follows */
  ended: boolean;
}

/** Once a second. */
export interface StatsMessage {
  type: "stats";
  /** face readings a second */
  fps: number;
  /** pictures and messages left out since the start, whatever the reason */
  dropped: number;
  /** median of the last second, arrival to fused event */
  latency_ms: number;
  /** readings up to this session time are on disk; null when nothing is kept */
  stored_to_s: number | null;
  /** how much later the clock of the sound has come to run than that of the picture; null without both */
  drift_ms: number | null;
}

/** How far an uploaded clip has been read. */
export interface ClipProgressMessage {
  type: "clip_progress";
  /** seconds of the clip */
  done_s: number;
  /** seconds; 0 where the container does not tell */
  total_s: number;
  /** the whole clip has been read */
  is_final: boolean;
}

/** The answer to `ping`. */
export interface PongMessage {
  type: "pong";
  /** as it was sent */
  id: number | string | null;
}

/**
 * Something was refused or failed. `history_paused` and `history_resumed` tell of a disk that refuses readings,
 * `quota_reached` of a person of whom no more is kept until they delete something.
 */
export interface ErrorMessage {
  type: "error";
  /** short and stable, such as bad_message or no_scope */
  code: string;
  /** what was expected, what came, what to do */
  message: string;
  /** the connection ends with it */
  fatal: boolean;
  /** of a failing lane, or null; here and below only where the session tells it */
  modality?: string | null;
  /** seconds of session time */
  t?: number;
  /** the next input is tried again */
  will_retry?: boolean;
}

/** One reading of one modality. */
export interface EstimateMessage {
  /** best of the four classes: Neutral, Happy, Sad or Angry */
  emotion: string;
  /** probability of that class */
  confidence: number;
  /** of the four classes in this order, summing to 1 */
  probabilities: number[];
  /** best of the seven: neutral, happy, sad, angry, fear, disgust or surprise */
  expression: string;
  /** probability of each of the seven, summing to 1 */
  expressions: Record<string, number>;
  type: "face_emotion" | "voice_emotion" | "text_emotion";
  /** fitness of the input, 0 to 1 */
  quality: number;
  /**
   * reason codes of what lowers the quality; of words also the rules that changed the reading, such as "negation"
   */
  reasons: string[];
  /** seconds of session time, of the newest input in it */
  t: number;
  /** the client's own clock at that input, echoed */
  capture_t: number;
  /** milliseconds in the engines, waiting included */
  infer_ms: number;
  /** which engine read it */
  engine: string;
  /** voice and text: session time at which the input begins */
  start_t?: number;
  /** face: x1, y1, x2, y2 in pixels of the picture */
  box?: number[];
  /** face: width and height of the picture in pixels */
  frame?: number[];
  /** face: which of the followed faces; geometry alone, no identity */
  face_id?: number | null;
  /** face: this is "the person", whose readings are fused */
  is_subject?: boolean;
}

/** Late, quality-aware fusion of the newest reading of each modality. */
export interface FusedMessage {
  /** best of the four classes: Neutral, Happy, Sad or Angry */
  emotion: string;
  /** probability of that class */
  confidence: number;
  /** of the four classes in this order, summing to 1 */
  probabilities: number[];
  /** best of the seven: neutral, happy, sad, angry, fear, disgust or surprise */
  expression: string;
  /** probability of each of the seven, summing to 1 */
  expressions: Record<string, number>;
  /** probability of the strongest expression that is not neutral, 0 to 1 */
  intensity: number;
  /** share of each modality; they sum to 1, or are all 0 */
  weights: Record<string, number>;
  /** for each expression rising, steady or falling over the last 10 s; of an utterance all steady */
  trends: Record<string, string>;
  /** the answer is "not sure" */
  abstained: boolean;
  /** reason codes of an abstention or a disagreement; of an utterance, those of at least half of it */
  reasons: string[];
  /** -1 to 1, derived from the probabilities */
  valence: number;
  /** -1 to 1, derived from the probabilities */
  arousal: number;
  /** of the inputs, by their shares, 0 to 1 */
  quality: number;
  /** seconds of session time of this fusion, which may come by time alone; of an utterance, its end */
  t: number;
  /** the client's own clock at the newest reading in it, echoed */
  capture_t: number;
  /** always 0: a fusion asks no engine */
  infer_ms: number;
  /** milliseconds from the arrival of the newest input to this event; 0 where time alone made it */
  latency_ms: number;
  /** always "fusion" */
  engine: string;
  type: "fused_emotion";
}

/** One fusion over the span of an utterance, once, after its words. */
export interface UtteranceEmotionMessage {
  /** best of the four classes: Neutral, Happy, Sad or Angry */
  emotion: string;
  /** probability of that class */
  confidence: number;
  /** of the four classes in this order, summing to 1 */
  probabilities: number[];
  /** best of the seven: neutral, happy, sad, angry, fear, disgust or surprise */
  expression: string;
  /** probability of each of the seven, summing to 1 */
  expressions: Record<string, number>;
  /** probability of the strongest expression that is not neutral, 0 to 1 */
  intensity: number;
  /** share of each modality; they sum to 1, or are all 0 */
  weights: Record<string, number>;
  /** for each expression rising, steady or falling over the last 10 s; of an utterance all steady */
  trends: Record<string, string>;
  /** the answer is "not sure" */
  abstained: boolean;
  /** reason codes of an abstention or a disagreement; of an utterance, those of at least half of it */
  reasons: string[];
  /** -1 to 1, derived from the probabilities */
  valence: number;
  /** -1 to 1, derived from the probabilities */
  arousal: number;
  /** of the inputs, by their shares, 0 to 1 */
  quality: number;
  /** seconds of session time of this fusion, which may come by time alone; of an utterance, its end */
  t: number;
  /** the client's own clock at the newest reading in it, echoed */
  capture_t: number;
  /** always 0: a fusion asks no engine */
  infer_ms: number;
  /** milliseconds from the arrival of the newest input to this event; 0 where time alone made it */
  latency_ms: number;
  /** always "fusion" */
  engine: string;
  type: "utterance_emotion";
  /** session time of its beginning */
  start_s: number;
  /** session time of its end */
  end_s: number;
  /** where the words come from */
  origin: "speech" | "typed";
}

/** How far the neutral baseline has come, and for which modalities it holds. */
export interface BaselineMessage {
  type: "baseline";
  /** running while it is learned */
  state: "none" | "running" | "ready";
  /** seconds */
  done_s: number;
  /** seconds */
  total_s: number;
  /** those with an offset in force */
  modalities: string[];
  /** what to do next where something is missing */
  message: string;
  /** seconds of session time */
  t: number;
}

/** A mark that was set, by this client or another. */
export interface MarkerMessage {
  type: "marker";
  /** as it was sent */
  label: string;
  /** seconds of session time */
  t: number;
  /** seconds it lasts; 0 is a moment */
  duration: number;
}

/** A `self_report` that was taken. */
export interface SelfReportMessage {
  type: "self_report";
  /** as it was sent */
  shown: string;
  /** as it was sent */
  chosen: string;
  /** seconds of session time */
  t: number;
}

/** Somebody began or ceased to speak. Pause the playback of a reply on `start`. */
export interface SpeechMessage {
  type: "speech";
  /** which of the two */
  state: "start" | "end";
  /** session time of the first or last voiced sample, not of the decision */
  t: number;
}

/** Speech has outlasted a murmur; once an utterance. */
export interface SpeechLastingMessage {
  type: "speech_lasting";
  /** seconds of session time */
  t: number;
}

/** Words of one stretch of speech, or typed. */
export interface TranscriptMessage {
  type: "transcript";
  /** empty: speech that nobody could transcribe */
  text: string;
  /** false while more of it is heard */
  is_final: boolean;
  /** seconds of session time */
  start_s: number;
  /** seconds of session time */
  end_s: number;
  /** BCP-47 */
  language: string;
  /** where the words come from */
  origin: "speech" | "typed";
  /** the transcriber's own, 0 to 1; 1 for typed text */
  confidence: number;
  /** what transcribed it; empty for typed text */
  engine: string;
}

/** One or more sentences of the companion's turn, whichever engine answers. */
export interface LlmResponseMessage {
  type: "llm_response";
  /** counts the companion's turns of a session from 1 */
  turn: number;
  /** counts the parts of a turn from 0 */
  part: number;
  /** the last of its turn; it may be empty */
  is_final: boolean;
  /** what is said */
  text: string;
  /** of the seven, for the companion's face */
  emotion: string;
  /** 0 to 1, for the companion's face */
  intensity: number;
  /** WAV under an unguessable address, for 60 s; null: the words are the reply */
  audio_url: string | null;
  /** seconds of its sound; 0 without */
  duration_s: number;
  /** 30 a second; empty without sound */
  visemes: VisemeLine[];
  /** which engine answered */
  engine: string;
  /** seconds of session time */
  t: number;
}

/** The person spoke for over 0.6 s, said something, or pressed stop. */
export interface ReplyCancelledMessage {
  type: "reply_cancelled";
  /** as in llm_response */
  turn: number;
  /** the words of the turn that were played */
  heard: string;
  /** seconds of session time */
  t: number;
}

/** It was a murmur ("mhm"): playback goes on where it paused. */
export interface ReplyResumedMessage {
  type: "reply_resumed";
  /** as in llm_response */
  turn: number;
  /** seconds of session time */
  t: number;
}

/** A line of the conversation as its history has it. */
export interface LineMessage {
  type: "message";
  /** the person, or the companion */
  role: "user" | "assistant";
  /** what was said, or what was heard of a reply */
  text: string;
  /** of the seven: read in the person's turn, or shown with the reply; empty where there was none */
  expression: string;
  /** 0 to 1 */
  intensity: number;
  /** seconds of session time */
  t: number;
}

/**
 * First, always, within 10 s. With a `resume_token` it re-enters a session left less than 30 s ago.
 *
 * The server closes with 1000 when the session has ended, with 1012 when it waits for its client.
 */
export interface AuthRequest {
  type: "auth";
  /** as POST /api/guest, /api/signup or /api/login gave it */
  token: string;
  /** as the last `ready` of that session gave it */
  resume_token?: string | null;
}

/** One picture; the binary frame is smaller. */
export interface PictureRequest {
  type: "video_frame";
  /** data URL of a JPEG, PNG or WebP, or its bare base64 */
  frame: string;
  /** the client's own clock in seconds; left out, the time of arrival stands */
  t?: number | null;
}

/**
 * Sound: a recording as MediaRecorder streams it, cut anywhere, from its header on; or PCM16.
 *
 * A message holds a minute of it at most.
 */
export interface SoundRequest {
  type: "audio_chunk";
  /** base64, bare or as a data URL */
  audio: string;
  /** a recording, which is read for what its first bytes say (WebM, MP4 or Ogg), or little-endian int16 samples */
  format?: "webm" | "mp4" | "pcm16";
  /** of pcm16: 8,000 to 192,000 */
  rate_hz?: number;
  /** of pcm16, interleaved: 1 to 8 */
  channels?: number;
  /** the client's own clock in seconds, of the first sample */
  t?: number | null;
}

/** Nothing is read until `resume`. */
export interface PauseRequest {
  type: "pause";
}

/** Undoes `pause`. */
export interface ResumeRequest {
  type: "resume";
}

/** Ends the session. */
export interface StopRequest {
  type: "stop";
}

/** Answered by `pong`. */
export interface PingRequest {
  type: "ping";
  /** comes back as it was sent */
  id?: number | string | null;
}

/** Replaces the scopes at once, in all sessions of the person. */
export interface ConsentRequest {
  type: "consent";
  /** all that is allowed from now on, as in GET /api/consent */
  scopes: string[];
  /** also delete what the scopes taken back (history, text) have covered */
  delete?: boolean;
}

/** A mark in the session: a moment, or a stretch of it. */
export interface MarkRequest {
  type: "marker";
  /** 1 to 200 characters */
  label: string;
  /** session time at which it begins, 0 to now; left out, now */
  t?: number | null;
  /** seconds it lasts, 0 (a moment) to 86400; it may reach beyond now */
  duration?: number;
}

/** The answer to "was this right?". */
export interface ReportRequest {
  type: "self_report";
  /** the expression that was on the screen, or "uncertain" */
  shown: string;
  /** what the person says it was; equal to shown when it was right */
  chosen: string;
  /** session time of the shown estimate; left out, now */
  t?: number | null;
}

/** The person's neutral baseline: half a minute of a calm face and voice that readings are compared with. */
export interface BaselineRequest {
  type: "baseline";
  /** begin, leave off, or forget it */
  action: "start" | "stop" | "clear";
}

/** A reading of one modality that the client made itself, under the scope `device`; fused like any other. */
export interface ReadingRequest {
  type: "reading";
  /** what was read */
  modality: "face" | "voice" | "text";
  /** probability of each of the seven, summing to 1; those left out are 0 */
  expressions: Record<string, number>;
  /** fitness of the input, 0 to 1 */
  quality: number;
  /** up to 8 short codes of what lowers the quality, such as "low_light" */
  reasons?: string[];
  /** the client's own clock at the newest input in it, in seconds; left out, now */
  t?: number | null;
  /** face: x1, y1, x2, y2 in pixels of the picture */
  box?: [number, number, number, number] | null;
  /** face: width and height of the picture in pixels */
  frame?: [number, number] | null;
  /** face: which of the followed faces, 0 or more */
  face_id?: number | null;
  /** face: this is "the person", whose readings are fused */
  is_subject?: boolean;
  /** what read it, up to 60 letters, digits or any of . _ + - /; told as "browser:<engine>" */
  engine?: string;
}

/** Typed words; needs no scope but to be sent. */
export interface TextRequest {
  type: "text";
  /** 200,000 characters at most; the first 2,000 are read */
  text: string;
}

/** The speaker has finished. */
export interface SpeechEndRequest {
  type: "speech_end";
  /** the words, where the client's own recogniser heard them */
  text?: string | null;
}

/** Taken at once; what is left out stays as it is. */
export interface PreferRequest {
  type: "preferences";
  /** base weights of face, voice and text in the fusion, each 0 to 1 and not all 0 */
  weights?: Record<string, number> | null;
  /** time constant of the fused estimate in seconds, 0 to 5 */
  smoothing_s?: number | null;
  /** seconds of silence that end an utterance, 0.3 to 2; English words may halve that, or make it 12/7 of it */
  patience_s?: number | null;
  /** of what is spoken and typed, as BCP-47 */
  language?: string | null;
  /** of the companion, as are all that follow */
  voice?: "female" | "male" | null;
  /** what it is like */
  personality?: "therapist" | "coach" | null;
  /** how long it answers */
  style?: "brief" | "balanced" | "detailed" | null;
  /** a name of kind reply in ready.engines; one that is not there changes nothing and is told as an error */
  reply_engine?: string | null;
  /** false: it is silent */
  replies?: boolean | null;
}

/** The companion is asked to say hello, with the summary of earlier sessions where one is kept. */
export interface GreetingRequest {
  type: "request_greeting";
}

/**
 * So much of a part has been played; sent when it begins, every half second, and when it ends.
 *
 * The history keeps only what was heard; a client that never sends it is taken to have heard everything.
 */
export interface ReplyHeardRequest {
  type: "reply_heard";
  /** as in llm_response */
  turn: number;
  /** as in llm_response */
  part: number;
  /** of its sound, from 0 */
  seconds: number;
}

/** The companion is asked to stop speaking. */
export interface CancelReplyRequest {
  type: "cancel_reply";
}

export type ServerMessage =
  | ReadyMessage
  | StateMessage
  | StatsMessage
  | ClipProgressMessage
  | PongMessage
  | ErrorMessage
  | EstimateMessage
  | FusedMessage
  | UtteranceEmotionMessage
  | BaselineMessage
  | MarkerMessage
  | SelfReportMessage
  | SpeechMessage
  | SpeechLastingMessage
  | TranscriptMessage
  | LlmResponseMessage
  | ReplyCancelledMessage
  | ReplyResumedMessage
  | LineMessage;

export type ClientMessage =
  | AuthRequest
  | PictureRequest
  | SoundRequest
  | PauseRequest
  | ResumeRequest
  | StopRequest
  | PingRequest
  | ConsentRequest
  | MarkRequest
  | ReportRequest
  | BaselineRequest
  | ReadingRequest
  | TextRequest
  | SpeechEndRequest
  | PreferRequest
  | GreetingRequest
  | ReplyHeardRequest
  | CancelReplyRequest;
