"""Every method the stand-in carries out, by its name; the rest of the Bot API it only checks"""

from collections.abc import Callable
from typing import Any

from bot.demo.methods import copying, editing, media, profile, queries, sending
from bot.demo.methods.call import Call

METHODS: dict[str, Callable[[Call], Any]] = {
    "getMe": profile.get_me,
    "sendMessage": sending.send_message,
    "sendLocation": sending.send_location,
    "sendVenue": sending.send_venue,
    "sendContact": sending.send_contact,
    "sendDice": sending.send_dice,
    "sendPoll": sending.send_poll,
    "sendChatAction": sending.send_chat_action,
    "sendPhoto": media.send_file,
    "sendDocument": media.send_file,
    "sendVideo": media.send_file,
    "sendAnimation": media.send_file,
    "sendAudio": media.send_file,
    "sendVoice": media.send_file,
    "sendVideoNote": media.send_video_note,
    "sendSticker": media.send_sticker,
    "sendMediaGroup": media.send_media_group,
    "copyMessage": copying.copy_message,
    "copyMessages": copying.copy_messages,
    "forwardMessage": copying.forward_message,
    "forwardMessages": copying.forward_messages,
    "editMessageText": editing.edit_message_text,
    "editMessageCaption": editing.edit_message_caption,
    "editMessageMedia": editing.edit_message_media,
    "editMessageReplyMarkup": editing.edit_message_reply_markup,
    "deleteMessage": editing.delete_message,
    "deleteMessages": editing.delete_messages,
    "setMessageReaction": editing.set_message_reaction,
    "answerCallbackQuery": queries.answer_callback_query,
    "answerInlineQuery": queries.answer_inline_query,
    "setMyCommands": profile.set_my_commands,
    "getMyCommands": profile.get_my_commands,
    "deleteMyCommands": profile.delete_my_commands,
    "setMyName": profile.set_my_text,
    "getMyName": profile.get_my_text,
    "setMyDescription": profile.set_my_text,
    "getMyDescription": profile.get_my_text,
    "setMyShortDescription": profile.set_my_text,
    "getMyShortDescription": profile.get_my_text,
    "setChatMenuButton": profile.set_chat_menu_button,
    "getChatMenuButton": profile.get_chat_menu_button,
    "getFile": profile.get_file,
    "getChat": profile.get_chat,
}

__all__ = ["METHODS", "Call"]
